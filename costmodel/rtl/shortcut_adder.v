// out = clamp((own * own_multiplier + other * other_multiplier + offset) >> shift) to 8 bits, or `own` unchanged, for
// one channel. Two cycles.
module shortcut_adder (
    input wire                    clk,
    input wire                    add,
    input wire signed [15:0]      own_multiplier, other_multiplier,
    input wire signed [31:0]      offset,
    input wire [4:0]              shift,
    input wire signed [7:0]       own, other,
    output reg [7:0]              out
);
    reg signed [23:0] a, b;
    reg [7:0] same;
    wire signed [31:0] s = (a + b + offset) >>> shift;
    always @(posedge clk) begin
        a <= own * own_multiplier;
        b <= other * other_multiplier;
        same <= own;
        out <= !add ? same : s < -128 ? 8'h80 : s > 127 ? 8'h7f : s[7:0];
    end
endmodule
