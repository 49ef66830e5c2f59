// ROWS x COLUMNS multipliers and an adder tree for each column. A row carries the same value to all columns, or, in a
// depthwise layer, a value of its own to each. Three cycles: products, partial sums, sums.
module pe_array #(
    parameter ROWS = 12,
    parameter COLUMNS = 12,
    parameter VALUE = 9,
    parameter WEIGHT = 4,
    parameter SUM = 17             // bits of the sum of a column
) (
    input wire                               clk,
    input wire                               own,          // every column has a value of its own
    input wire [ROWS*VALUE-1:0]              shared,       // [row]
    input wire [ROWS*COLUMNS*VALUE-1:0]      values,       // [row][column]
    input wire [ROWS*COLUMNS*WEIGHT-1:0]     weights,      // [row][column]
    output wire [COLUMNS*SUM-1:0]            sums
);
    localparam PRODUCT = VALUE + WEIGHT, GROUP = 4, GROUPS = (ROWS + GROUP - 1) / GROUP;
    genvar c, r;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            wire [ROWS*PRODUCT-1:0] products;
            for (r = 0; r < ROWS; r = r + 1) begin : row
                wire signed [VALUE-1:0] x = own ? values[(r*COLUMNS + c)*VALUE +: VALUE] : shared[r*VALUE +: VALUE];
                wire signed [WEIGHT-1:0] w = weights[(r*COLUMNS + c)*WEIGHT +: WEIGHT];
                reg signed [PRODUCT-1:0] p;
                always @(posedge clk)
                    p <= x * w;
                assign products[r*PRODUCT +: PRODUCT] = p;
            end
            reg signed [SUM-1:0] part [0:GROUPS-1];
            reg signed [SUM-1:0] sum, next, add;
            integer g, i;
            always @(posedge clk)
                for (g = 0; g < GROUPS; g = g + 1) begin
                    add = {SUM{1'b0}};
                    for (i = g * GROUP; i < ROWS && i < (g + 1) * GROUP; i = i + 1)
                        add = add + $signed(products[i*PRODUCT +: PRODUCT]);
                    part[g] <= add;
                end
            always @(posedge clk) begin
                next = {SUM{1'b0}};
                for (g = 0; g < GROUPS; g = g + 1)
                    next = next + part[g];
                sum <= next;
            end
            assign sums[c*SUM +: SUM] = sum;
        end
    endgenerate
endmodule
