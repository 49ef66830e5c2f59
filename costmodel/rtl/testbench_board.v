// Sends the image in parallel, waits for the class, reads it; then the same over the SPI-like link, without +parallel.
// Compares with the largest of logits.hex. The memories come from the files that the board's configuration holds.
`timescale 1ns/1ps
module testbench_board;
    localparam
`include "board_values.vh"
    ;
    reg clk = 0, reset = 1, parallel = 0, sclk = 0, cs_n = 1, mosi = 0, strobe = 0;
    reg [7:0] data = 0;
    wire miso, busy, valid;
    wire [15:0] class_number;
    board #(
`include "board_parameters.vh"
    ) dut (
        .clk(clk), .reset(reset), .parallel(parallel), .sclk(sclk), .cs_n(cs_n), .mosi(mosi), .miso(miso), .data(data),
        .strobe(strobe), .busy(busy), .valid(valid), .class_number(class_number));
    always #5 clk = !clk;

    reg [31:0] image [0:(IMAGE_BYTES+3)/4-1];
    reg signed [31:0] logits [0:CLASSES-1];
    reg signed [31:0] most;
    reg [15:0] best;
    reg [47:0] got;
    integer i, b, wrong;

    task spi_bit(input value, input integer half);
        begin
            mosi = value;
            repeat (half) @(negedge clk);
            sclk = 1;
            got = {got[46:0], miso};
            repeat (half) @(negedge clk);
            sclk = 0;
        end
    endtask

    task read_result(input [63:0] way);
        begin
            while (!valid) @(negedge clk);
            cs_n = 0;
            repeat (6) @(negedge clk);
            for (i = 0; i < 48; i = i + 1)
                spi_bit(1'b0, 4);
            cs_n = 1;
            repeat (6) @(negedge clk);
            if (got !== {best, most})
                wrong = wrong + 1;
            $display("board: %0s class %0d logit %0d, expected class %0d logit %0d", way, got[47:32], $signed(got[31:0]),
                     best, most);
        end
    endtask

    function [7:0] byte_of(input integer n);
        byte_of = image[n / 4] >> (n % 4 * 8);
    endfunction

    initial begin
        wrong = 0;
        got = 0;
        $readmemh("image.hex", image);
        $readmemh("logits.hex", logits);
        best = 0;
        for (i = 1; i < CLASSES; i = i + 1)
            if (logits[i] > logits[best])
                best = i;
        most = logits[best];
        repeat (8) @(negedge clk);
        reset = 0;
        parallel = 1;
        repeat (4) @(negedge clk);
        for (i = 0; i < IMAGE_BYTES; i = i + 1) begin
            data = byte_of(i);
            repeat (2) @(negedge clk);
            strobe = 1;
            repeat (2) @(negedge clk);
            strobe = 0;
        end
        read_result("parallel");
        parallel = 0;
        if (!$test$plusargs("parallel")) begin
            cs_n = 0;
            repeat (6) @(negedge clk);
            for (i = 0; i < IMAGE_BYTES; i = i + 1)
                for (b = 7; b >= 0; b = b - 1)
                    spi_bit(byte_of(i) >> b & 1'b1, 2);
            repeat (6) @(negedge clk);
            cs_n = 1;
            while (!busy) @(negedge clk);
            read_result("SPI");
        end
        $display("board: %0d results differ", wrong);
        $finish;
    end
endmodule
