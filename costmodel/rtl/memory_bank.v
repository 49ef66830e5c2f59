// Blocks one behind the other: a bank of BLOCKS x DEPTH words. The word comes two cycles after the request: one for
// the blocks, one for the choice among them.
module memory_bank #(
    parameter WIDTH = 32,
    parameter DEPTH = 1024,        // words of a block, a power of two
    parameter INDEX = 10,          // log2(DEPTH)
    parameter BLOCKS = 7,
    parameter ROW = 16,            // bits of an address
    parameter LANES = 4,
    parameter CONTENT = "",        // files CONTENT + one letter a block, from 'a'
    parameter FILLED = 0           // blocks that have such a file
) (
    input wire              clk,
    input wire [LANES-1:0]  write,
    input wire [ROW-1:0]    write_row,
    input wire [WIDTH-1:0]  write_data,
    input wire              read,
    input wire [ROW-1:0]    read_row,
    output reg [WIDTH-1:0]  read_data
);
    wire [BLOCKS*WIDTH-1:0] out;
    reg [ROW-INDEX-1:0]     from;
    integer i;

    genvar b;
    generate
        for (b = 0; b < BLOCKS; b = b + 1) begin : block
            localparam [7:0] LETTER = 97 + b;
            wire written = write_row[ROW-1:INDEX] == b, asked = read_row[ROW-1:INDEX] == b;
            if (b < FILLED) begin : filled
                block_ram #(.WIDTH(WIDTH), .DEPTH(DEPTH), .ADDRESS(INDEX), .LANES(LANES),
                            .CONTENT({CONTENT, LETTER, ".hex"})) ram (
                    .clk(clk), .write(written ? write : {LANES{1'b0}}), .write_address(write_row[INDEX-1:0]),
                    .write_data(write_data), .read(read && asked), .read_address(read_row[INDEX-1:0]),
                    .read_data(out[b*WIDTH +: WIDTH]));
            end else begin : empty
                block_ram #(.WIDTH(WIDTH), .DEPTH(DEPTH), .ADDRESS(INDEX), .LANES(LANES)) ram (
                    .clk(clk), .write(written ? write : {LANES{1'b0}}), .write_address(write_row[INDEX-1:0]),
                    .write_data(write_data), .read(read && asked), .read_address(read_row[INDEX-1:0]),
                    .read_data(out[b*WIDTH +: WIDTH]));
            end
        end
    endgenerate

    always @(posedge clk)
        if (read)
            from <= read_row[ROW-1:INDEX];

    always @(posedge clk) begin
        read_data <= {WIDTH{1'b0}};
        for (i = 0; i < BLOCKS; i = i + 1)
            if (from == i)
                read_data <= out[i*WIDTH +: WIDTH];
    end
endmodule
