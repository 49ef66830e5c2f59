// Top for an Arty A7-100T. The one file with primitives of the vendor: the MMCM makes 64 MHz of the board's 100.
module arty_a7_100t (
    input wire          clk_100mhz,
    input wire          reset_n,               // red button
    input wire          parallel,              // switch 0
    input wire          sclk, cs_n, mosi,      // connector JA
    output wire         miso,
    input wire [7:0]    data,                  // connector JB
    input wire          strobe,                // connector JC
    output wire [3:0]   led                    // busy, result there, lowest bits of the class
);
    wire feedback, clk_made, clk, locked, busy, valid;
    wire [15:0] class_number;
    MMCME2_BASE #(.CLKIN1_PERIOD(10.0), .CLKFBOUT_MULT_F(8.0), .CLKOUT0_DIVIDE_F(12.5)) clock (
        .CLKIN1(clk_100mhz), .CLKFBIN(feedback), .CLKFBOUT(feedback), .CLKOUT0(clk_made), .LOCKED(locked), .PWRDWN(1'b0),
        .RST(1'b0));
    BUFG buffer (.I(clk_made), .O(clk));
    reg [3:0] held = 4'b1111;
    always @(posedge clk)
        held <= {held[2:0], !(reset_n && locked)};
    board #(
`include "board_parameters.vh"
    ) tinynpu_on_board (
        .clk(clk), .reset(held[3]), .parallel(parallel), .sclk(sclk), .cs_n(cs_n), .mosi(mosi), .miso(miso), .data(data),
        .strobe(strobe), .busy(busy), .valid(valid), .class_number(class_number));
    assign led = {class_number[1:0], valid, busy};
endmodule
