// The output stage of a layer, one channel:
//   a = max(total, 0) where the layer has a ReLU
//   v = (a * 2^SCALE * multiplier + offset * 2^32 + 2^31) / 2^32, rounded down    (the batch norm is in here)
//   out = clamp(v >> shift)
// 4-bit weights stand for 16 times their value: SCALE is 4 for them and 0 for 8-bit ones. Three cycles.
module requantiser #(
    parameter ACC = 24,
    parameter SCALE = 4
) (
    input wire                       clk,
    input wire                       relu,
    input wire                       scaled,     // by 2^SCALE
    input wire                       raw,        // the total itself, for a pool or an add
    input wire [4:0]                 shift,
    input wire signed [7:0]          least, most,
    input wire signed [ACC-1:0]      total,
    input wire [63:0]                affine,     // multiplier in the low half, offset in the high one
    output reg [7:0]                 out,
    output reg [31:0]                value       // v: the logit of a classifier
);
    wire signed [31:0] multiplier = affine[31:0];
    wire signed [ACC-1:0] kept = relu && total[ACC-1] ? {ACC{1'b0}} : total;
    reg signed [ACC+31:0] product, held;
    reg [31:0] offset1, offset2;
    reg [7:0] raw1, raw2;
    wire signed [63:0] wide = {{(32-ACC){held[ACC+31]}}, held} <<< (scaled ? SCALE : 0);
    wire [63:0] full = wide + {offset2, 32'h80000000};
    wire signed [31:0] v = full[63:32];
    wire signed [31:0] s = v >>> shift;
    always @(posedge clk) begin
        product <= kept * multiplier;
        offset1 <= affine[63:32];
        raw1 <= total[7:0];
        held <= product;
        offset2 <= offset1;
        raw2 <= raw1;
        out <= raw ? raw2 : s < least ? least : s > most ? most : s[7:0];
        value <= v;
    end
endmodule
