// The weights: a request is a tile, a run of words from any word address, consecutive words in consecutive banks. One
// tile a cycle; its bits come three cycles after the request.
module weight_memory #(
    parameter WORD = 72,
    parameter BANKS = 8,
    parameter LOG_BANKS = 3,
    parameter BLOCKS = 9,
    parameter DEPTH = 512,
    parameter INDEX = 9,
    parameter ADDRESS = 20,        // bits of a word address
    parameter CONTENT = "",        // files CONTENT + a letter for the bank + a letter for the block
    parameter FILLED = 0
) (
    input wire                   clk,
    input wire                   read,
    input wire [ADDRESS-1:0]     read_address,
    input wire [7:0]             read_count,
    output reg [BANKS*WORD-1:0]  tile,
    input wire                   write,          // one word, to fill the memory
    input wire [ADDRESS-1:0]     write_address,
    input wire [WORD-1:0]        write_data
);
    localparam ROW = ADDRESS - LOG_BANKS;
    wire [LOG_BANKS-1:0]  first = read_address[LOG_BANKS-1:0];
    wire [ROW-1:0]        row = read_address[ADDRESS-1 -: ROW];
    wire [BANKS*WORD-1:0] word;
    genvar b;
    generate
        for (b = 0; b < BANKS; b = b + 1) begin : bank
            localparam [7:0] LETTER = 97 + b;
            wire [LOG_BANKS-1:0] place = b - first;
            wire [ROW-1:0] row_b = row + (b < first);
            memory_bank #(.WIDTH(WORD), .DEPTH(DEPTH), .INDEX(INDEX), .BLOCKS(BLOCKS), .ROW(ROW), .LANES(1),
                          .CONTENT({CONTENT, LETTER}), .FILLED(FILLED)) ram (
                .clk(clk), .write(write && write_address[LOG_BANKS-1:0] == b),
                .write_row(write_address[ADDRESS-1 -: ROW]), .write_data(write_data),
                .read(read && place < read_count), .read_row(row_b), .read_data(word[b*WORD +: WORD]));
        end
    endgenerate

    reg [LOG_BANKS-1:0] first1, first2, from;
    reg [BANKS*WORD-1:0] turned;
    integer j, k;
    always @* begin
        for (j = 0; j < BANKS; j = j + 1) begin
            turned[j*WORD +: WORD] = {WORD{1'b0}};
            for (k = 0; k < BANKS; k = k + 1) begin
                from = k - j;
                if (first2 == from)
                    turned[j*WORD +: WORD] = word[k*WORD +: WORD];
            end
        end
    end
    always @(posedge clk) begin
        first1 <= first;
        first2 <= first1;
        tile <= turned;
    end
endmodule
