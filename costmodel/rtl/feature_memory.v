// The maps, packed byte by byte: height, width, channel. A request is a run of up to BYTES bytes from any byte
// address; consecutive words lie in consecutive banks, so a run never asks a bank twice.
// One read request and one write request a cycle. A read's bytes come three cycles after it.
module feature_memory #(
    parameter BYTES = 12,          // longest run
    parameter WORD = 32,           // bits of a word
    parameter LOG_BYTES = 2,       // log2(WORD / 8)
    parameter BANKS = 8,
    parameter LOG_BANKS = 3,
    parameter BLOCKS = 7,          // of a bank
    parameter DEPTH = 1024,
    parameter INDEX = 10,
    parameter ADDRESS = 20         // bits of a byte address
) (
    input wire                 clk,
    input wire                 read,
    input wire [ADDRESS-1:0]   read_address,
    input wire [7:0]           read_count,
    output reg [BYTES*8-1:0]   read_data,
    input wire                 write,
    input wire [ADDRESS-1:0]   write_address,
    input wire [7:0]           write_count,
    input wire [BYTES*8-1:0]   write_data
);
    localparam UNIT = WORD / 8;                          // bytes of a word
    localparam RUN = (BYTES + UNIT - 2) / UNIT + 1;      // words that a run can touch
    localparam ROW = ADDRESS - LOG_BYTES - LOG_BANKS;

    wire [LOG_BANKS-1:0] read_bank = read_address[LOG_BYTES +: LOG_BANKS],
                         write_bank = write_address[LOG_BYTES +: LOG_BANKS];
    wire [ROW-1:0]       read_row = read_address[ADDRESS-1 -: ROW], write_row = write_address[ADDRESS-1 -: ROW];
    wire [LOG_BYTES-1:0] read_skip = read_address[LOG_BYTES-1:0], write_skip = write_address[LOG_BYTES-1:0];
    wire [8:0]           read_last = ({1'b0, read_count} + read_skip - 9'd1) >> LOG_BYTES; // index of the last word

    // The bytes and their write enables, moved to their place in the words.
    wire [RUN*WORD-1:0] placed = {{(RUN*WORD-BYTES*8){1'b0}}, write_data} << {write_skip, 3'b000};
    wire [RUN*UNIT-1:0] enable = ~({RUN*UNIT{1'b1}} << write_count) << write_skip;

    wire [BANKS*WORD-1:0] word;
    genvar b;
    generate
        for (b = 0; b < BANKS; b = b + 1) begin : bank
            wire [LOG_BANKS-1:0] in_read = b - read_bank, in_write = b - write_bank; // which word of the run
            wire [ROW-1:0] row_r = read_row + (b < read_bank), row_w = write_row + (b < write_bank);
            wire asked = read && in_read <= read_last;
            reg [WORD-1:0] data;
            reg [UNIT-1:0] lanes;
            integer i;
            always @* begin
                data = {WORD{1'b0}};
                lanes = {UNIT{1'b0}};
                for (i = 0; i < RUN; i = i + 1)
                    if (in_write == i) begin
                        data = placed[i*WORD +: WORD];
                        lanes = write ? enable[i*UNIT +: UNIT] : {UNIT{1'b0}};
                    end
            end
            memory_bank #(.WIDTH(WORD), .DEPTH(DEPTH), .INDEX(INDEX), .BLOCKS(BLOCKS), .ROW(ROW), .LANES(UNIT)) ram (
                .clk(clk), .write(lanes), .write_row(row_w), .write_data(data),
                .read(asked), .read_row(row_r), .read_data(word[b*WORD +: WORD]));
        end
    endgenerate

    // Two cycles later: the words in the order of the run, then its bytes.
    reg [LOG_BANKS-1:0] bank1, bank2;
    reg [LOG_BYTES-1:0] skip1, skip2;
    reg [RUN*WORD-1:0]  run;
    reg [LOG_BANKS-1:0] from;
    integer j, k;
    always @* begin
        for (j = 0; j < RUN; j = j + 1) begin
            run[j*WORD +: WORD] = {WORD{1'b0}};
            for (k = 0; k < BANKS; k = k + 1) begin
                from = k - j;
                if (bank2 == from)
                    run[j*WORD +: WORD] = word[k*WORD +: WORD];
            end
        end
    end
    always @(posedge clk) begin
        bank1 <= read_bank;
        bank2 <= bank1;
        skip1 <= read_skip;
        skip2 <= skip1;
        read_data <= run >> {skip2, 3'b000};
    end
endmodule
