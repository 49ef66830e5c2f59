// One column of the array: a multiplier for each row and an adder tree. Three cycles: products, partial sums of four,
// sum.
module pe_column #(
    parameter ROWS = 12,
    parameter VALUE = 9,
    parameter WEIGHT = 4,
    parameter SUM = 21
) (
    input wire                     clk,
    input wire [ROWS*VALUE-1:0]    values,       // [row]
    input wire [ROWS*WEIGHT-1:0]   weights,      // [row]
    output reg signed [SUM-1:0]    sum
);
    localparam PRODUCT = VALUE + WEIGHT, GROUP = 4, GROUPS = (ROWS + GROUP - 1) / GROUP;
    reg [ROWS*PRODUCT-1:0] products;
    reg [GROUPS*SUM-1:0] parts;
    reg signed [PRODUCT-1:0] product;
    reg signed [VALUE-1:0] value;
    reg signed [WEIGHT-1:0] weight;
    reg signed [SUM-1:0] part, all;
    integer r, g, i;

    always @(posedge clk)
        for (r = 0; r < ROWS; r = r + 1) begin
            value = values[r*VALUE +: VALUE];
            weight = weights[r*WEIGHT +: WEIGHT];
            product = value * weight;
            products[r*PRODUCT +: PRODUCT] <= product;
        end

    always @(posedge clk)
        for (g = 0; g < GROUPS; g = g + 1) begin
            part = {SUM{1'b0}};
            for (r = g * GROUP; r < ROWS && r < (g + 1) * GROUP; r = r + 1)
                part = part + $signed(products[r*PRODUCT +: PRODUCT]);
            parts[g*SUM +: SUM] <= part;
        end

    always @(posedge clk) begin
        all = {SUM{1'b0}};
        for (i = 0; i < GROUPS; i = i + 1)
            all = all + $signed(parts[i*SUM +: SUM]);
        sum <= all;
    end
endmodule
