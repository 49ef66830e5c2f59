// ROWS x COLUMNS multipliers. A row carries the same value to all columns, or, in a depthwise layer, a value of its own
// to each. Sums come after three cycles.
module pe_array #(
    parameter ROWS = 12,
    parameter COLUMNS = 12,
    parameter VALUE = 9,
    parameter WEIGHT = 4,
    parameter SUM = 21             // bits of the sum of a column
) (
    input wire                               clk,
    input wire                               own,          // every column has a value of its own
    input wire [ROWS*VALUE-1:0]              shared,       // [row]
    input wire [COLUMNS*ROWS*VALUE-1:0]      values,       // [column][row]
    input wire [COLUMNS*ROWS*WEIGHT-1:0]     weights,      // [column][row]
    output wire [COLUMNS*SUM-1:0]            sums
);
    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            pe_column #(.ROWS(ROWS), .VALUE(VALUE), .WEIGHT(WEIGHT), .SUM(SUM)) pe (
                .clk(clk), .values(own ? values[c*ROWS*VALUE +: ROWS*VALUE] : shared),
                .weights(weights[c*ROWS*WEIGHT +: ROWS*WEIGHT]), .sum(sums[c*SUM +: SUM]));
        end
    endgenerate
endmodule
