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
    wire [GROUPS*GROUP*SUM-1:0] products;        // sign-extended; 0 beyond the last row
    wire [GROUPS*SUM-1:0] parts;
    genvar r, g;
    generate
        for (r = 0; r < GROUPS * GROUP; r = r + 1) begin : row
            if (r < ROWS) begin : used
                wire signed [VALUE-1:0] x = values[r*VALUE +: VALUE];
                wire signed [WEIGHT-1:0] w = weights[r*WEIGHT +: WEIGHT];
                reg signed [PRODUCT-1:0] p;
                always @(posedge clk)
                    p <= x * w;
                assign products[r*SUM +: SUM] = {{(SUM-PRODUCT){p[PRODUCT-1]}}, p};
            end else begin : unused
                assign products[r*SUM +: SUM] = {SUM{1'b0}};
            end
        end
        for (g = 0; g < GROUPS; g = g + 1) begin : group
            reg [SUM-1:0] part;
            always @(posedge clk)
                part <= (products[(g*GROUP)*SUM +: SUM] + products[(g*GROUP + 1)*SUM +: SUM]) +
                        (products[(g*GROUP + 2)*SUM +: SUM] + products[(g*GROUP + 3)*SUM +: SUM]);
            assign parts[g*SUM +: SUM] = part;
        end
    endgenerate

    integer i;
    reg [SUM-1:0] all;
    always @* begin
        all = {SUM{1'b0}};
        for (i = 0; i < GROUPS; i = i + 1)
            all = all + parts[i*SUM +: SUM];
    end
    always @(posedge clk)
        sum <= all;
endmodule
