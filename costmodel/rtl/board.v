// The accelerator on a board: program, constants and weights lie in the configuration, an image comes in over the SPI-like
// or the parallel link, the network runs as soon as it is complete, class and logit leave over the SPI-like link.
module board #(
`include "tinynpu_parameters.vh"
    , parameter LAYERS = 1,
    parameter CLASSES = 1000,
    parameter IMAGE_BYTES = 150528,
    parameter RESULT_PASSES = 128,
    parameter RESULT_INDEX = 7
) (
    input wire          clk,
    input wire          reset,
    input wire          parallel,              // the image comes in parallel
    input wire          sclk, cs_n, mosi,
    output wire         miso,
    input wire [7:0]    data,
    input wire          strobe,
    output wire         busy,
    output wire         valid,
    output wire [15:0]  class_number
);
    wire fill, complete, result_valid, result_last;
    wire [ADDRESS-1:0] fill_address;
    wire [31:0] fill_data;
    wire [COLUMNS*32-1:0] result;
    reg start, was_busy;
    always @(posedge clk) begin
        start <= complete && !reset;
        was_busy <= busy && !reset;
    end
    image_input #(.IMAGE_BYTES(IMAGE_BYTES), .ADDRESS(ADDRESS)) image (
        .clk(clk), .reset(reset), .restart(was_busy && !busy), .parallel(parallel), .sclk(sclk), .cs_n(cs_n), .mosi(mosi),
        .data(data), .strobe(strobe), .fill(fill), .fill_address(fill_address), .fill_data(fill_data),
        .complete(complete));
    tinynpu #(.PROGRAM_CONTENT("program.hex"), .AFFINE_CONTENT("affine.hex"), .WEIGHT_CONTENT("weights_"),
              .WEIGHT_FILLED(WEIGHT_BLOCKS)) accelerator (
        .clk(clk), .reset(reset), .start(start), .layers(LAYERS[LAYER-1:0]), .busy(busy), .fill_program(1'b0),
        .fill_affine(1'b0), .fill_weights(1'b0), .fill_image(fill), .fill_address(fill_address),
        .program_data({PROGRAM{1'b0}}), .affine_data({COLUMNS*64{1'b0}}), .weight_data({WEIGHT_WORD{1'b0}}),
        .image_data(fill_data), .result_valid(result_valid), .result_last(result_last), .result(result));
    result_output #(.COLUMNS(COLUMNS), .CLASSES(CLASSES), .PASSES(RESULT_PASSES), .INDEX(RESULT_INDEX)) classes (
        .clk(clk), .reset(reset), .begins(start), .ends(was_busy && !busy), .result_valid(result_valid), .result(result),
        .sclk(sclk), .cs_n(cs_n), .miso(miso), .valid(valid), .class_number(class_number), .logit());
endmodule
