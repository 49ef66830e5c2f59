// The output stage of a layer, one channel a column:
//   a = max(total, 0) where the layer has a ReLU
//   v = (a * 2^SCALE * multiplier + offset * 2^32 + 2^31) / 2^32, rounded down    (the batch norm is in here)
//   out = clamp(v >> shift)
// 4-bit weights stand for 16 times their value: SCALE is 4 for them and 0 for 8-bit ones. Three cycles.
module requantiser #(
    parameter COLUMNS = 12,
    parameter ACC = 24,
    parameter SCALE = 4
) (
    input wire                       clk,
    input wire                       relu,
    input wire                       scaled,     // by 2^SCALE
    input wire                       raw,        // the total itself, for a pool or an add
    input wire [4:0]                 shift,
    input wire [7:0]                 least, most,
    input wire [COLUMNS*ACC-1:0]     total,
    input wire [COLUMNS*64-1:0]      affine,     // multiplier in the low half, offset in the high one
    output reg [COLUMNS*8-1:0]       out,
    output reg [COLUMNS*32-1:0]      value       // v: the logits of a classifier
);
    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            wire signed [ACC-1:0] t = total[c*ACC +: ACC];
            wire signed [31:0] multiplier = affine[c*64 +: 32], offset = affine[c*64 + 32 +: 32];
            wire signed [ACC-1:0] kept = relu && t[ACC-1] ? {ACC{1'b0}} : t;
            reg signed [ACC+31:0] product, held;
            reg signed [31:0] offset1, offset2;
            reg [7:0] raw1, raw2;
            wire signed [63:0] wide = {{(32-ACC){held[ACC+31]}}, held} <<< (scaled ? SCALE : 0);
            wire [63:0] full = wide + $signed({offset2, 32'h80000000});
            wire signed [31:0] v = full[63:32];
            wire signed [31:0] s = v >>> shift;
            wire signed [7:0] lo = least, hi = most;
            always @(posedge clk) begin
                product <= kept * multiplier;
                offset1 <= offset;
                raw1 <= t[7:0];
                held <= product;
                offset2 <= offset1;
                raw2 <= raw1;
                out[c*8 +: 8] <= raw ? raw2 : s < lo ? lo : s > hi ? hi : s[7:0];
                value[c*32 +: 32] <= v;
            end
        end
    endgenerate
endmodule
