// The 2 x 2 max pool behind the first convolution: the larger of two neighbours, kept for a row, then the larger of
// two rows. Without a pool every value passes. One cycle.
module pool_stage #(
    parameter COLUMNS = 12,
    parameter DEPTH = 64,          // pooled pixels of a row
    parameter INDEX = 6
) (
    input wire                   clk,
    input wire                   pool,
    input wire                   valid,
    input wire                   row_odd, column_odd,
    input wire [INDEX-1:0]       column,         // pooled
    input wire [COLUMNS*8-1:0]   in,
    output reg                   out_valid,
    output reg [COLUMNS*8-1:0]   out
);
    (* ram_style = "distributed" *) reg [COLUMNS*8-1:0] kept [0:DEPTH-1];
    reg [COLUMNS*8-1:0] left, pair, all;
    wire [COLUMNS*8-1:0] above = kept[column];
    integer c;
    always @*
        for (c = 0; c < COLUMNS; c = c + 1) begin
            pair[c*8 +: 8] = $signed(left[c*8 +: 8]) > $signed(in[c*8 +: 8]) ? left[c*8 +: 8] : in[c*8 +: 8];
            all[c*8 +: 8] = $signed(above[c*8 +: 8]) > $signed(pair[c*8 +: 8]) ? above[c*8 +: 8] : pair[c*8 +: 8];
        end
    always @(posedge clk) begin
        out_valid <= valid && (!pool || (row_odd && column_odd));
        out <= pool ? all : in;
        if (valid && !column_odd)
            left <= in;
        if (valid && pool && column_odd && !row_odd)
            kept[column] <= pair;
    end
endmodule
