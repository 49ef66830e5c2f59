// out = clamp((own * own_multiplier + other * other_multiplier + offset) >> shift) to 8 bits, or `own` unchanged. Two
// cycles.
module shortcut_adder #(
    parameter COLUMNS = 12
) (
    input wire                    clk,
    input wire                    add,
    input wire signed [15:0]      own_multiplier, other_multiplier,
    input wire signed [31:0]      offset,
    input wire [4:0]              shift,
    input wire [COLUMNS*8-1:0]    own, other,
    output reg [COLUMNS*8-1:0]    out
);
    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            wire signed [7:0] x = own[c*8 +: 8], y = other[c*8 +: 8];
            reg signed [23:0] a, b;
            reg [7:0] same;
            wire signed [31:0] s = (a + b + offset) >>> shift;
            always @(posedge clk) begin
                a <= x * own_multiplier;
                b <= y * other_multiplier;
                same <= x;
                out[c*8 +: 8] <= !add ? same : s < -128 ? 8'h80 : s > 127 ? 8'h7f : s[7:0];
            end
        end
    endgenerate
endmodule
