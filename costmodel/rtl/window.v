// KERNEL x KERNEL pixels that slide along a row: a column enters on the right, the others move to the left. `values`
// is what the rows of the array see in step `tile` of a position: taps of every channel for a depthwise layer, taps
// and channels of the image in the order of its weights for the first convolution.
module window #(
    parameter ROWS = 12,
    parameter COLUMNS = 12,
    parameter VALUE = 9,
    parameter KERNEL = 3,
    parameter IMAGE_LANES = 3
) (
    input wire                              clk,
    input wire                              shift,
    input wire                              clear,         // a row begins: what is to the left is padding
    input wire [KERNEL*COLUMNS*VALUE-1:0]   pixels,        // of the column that enters
    input wire [11:0]                       tile,
    output reg [ROWS*COLUMNS*VALUE-1:0]     depthwise,     // [column][row]
    output reg [ROWS*VALUE-1:0]             image          // [row]
);
    localparam SLOT = COLUMNS * VALUE, SIDE = KERNEL * SLOT, TAPS = KERNEL * KERNEL;
    localparam TILES_D = (TAPS + ROWS - 1) / ROWS, TILES_I = (TAPS * IMAGE_LANES + ROWS - 1) / ROWS;
    reg [KERNEL*SIDE-1:0] held;                            // leftmost column lowest

    always @(posedge clk)
        if (shift) begin
            if (KERNEL == 1)
                held <= pixels;
            else
                held <= {pixels, clear ? {(KERNEL-1)*SIDE{1'b0}} : held[KERNEL*SIDE-1:SIDE]};
        end

    integer i, t, n, tap, c;
    always @* begin
        depthwise = {ROWS*SLOT{1'b0}};
        image = {ROWS*VALUE{1'b0}};
        for (i = 0; i < ROWS; i = i + 1) begin
            for (t = 0; t < TILES_D; t = t + 1) begin
                tap = t * ROWS + i;
                if (tile == t && tap < TAPS)
                    for (c = 0; c < COLUMNS; c = c + 1)
                        depthwise[(c*ROWS + i)*VALUE +: VALUE] =
                            held[(tap % KERNEL) * SIDE + (tap / KERNEL) * SLOT + c*VALUE +: VALUE];
            end
            for (t = 0; t < TILES_I; t = t + 1) begin
                n = t * ROWS + i;
                tap = n / IMAGE_LANES;
                if (tile == t && tap < TAPS)
                    image[i*VALUE +: VALUE] =
                        held[(tap % KERNEL) * SIDE + (tap / KERNEL) * SLOT + (n % IMAGE_LANES) * VALUE +: VALUE];
            end
        end
    end
endmodule
