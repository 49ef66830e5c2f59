// What travels along with a step: `at` holds the input (lowest) and its state one to STAGES - 1 cycles ago.
module delay_line #(
    parameter WIDTH = 1,
    parameter STAGES = 5
) (
    input wire                     clk,
    input wire [WIDTH-1:0]         in,
    output wire [STAGES*WIDTH-1:0] at
);
    reg [(STAGES-1)*WIDTH-1:0] past;
    assign at = {past, in};
    always @(posedge clk)
        past <= at[(STAGES-1)*WIDTH-1:0];
endmodule
