// Fills the memories, sends the image, runs the program and compares with what the model and the host's reference say:
// every byte of every map and the logits, cycles of each layer by cause, words of each port. Reads the files of its
// folder. Prints a line for each layer that differs, then one in sum.
`timescale 1ns/1ps
module testbench #(
`include "tinynpu_parameters.vh"
);
`include "program_fields.vh"
    localparam BYTES = 1 << ADDRESS;
    reg clk = 0, reset = 1, start = 0;
    wire busy;
    reg fill_program = 0, fill_affine = 0, fill_weights = 0, fill_image = 0;
    reg [ADDRESS-1:0] fill_address = 0;
    reg [LAYER-1:0] layers = 0;
    reg [PROGRAM-1:0] program_data = 0;
    reg [COLUMNS*64-1:0] affine_data = 0;
    reg [WEIGHT_WORD-1:0] weight_data = 0;
    reg [31:0] image_data = 0;
    wire result_valid, result_last;
    wire [COLUMNS*32-1:0] result;
    tinynpu dut (
        .clk(clk), .reset(reset), .start(start), .layers(layers), .busy(busy), .fill_program(fill_program),
        .fill_affine(fill_affine), .fill_weights(fill_weights), .fill_image(fill_image), .fill_address(fill_address),
        .program_data(program_data), .affine_data(affine_data), .weight_data(weight_data), .image_data(image_data),
        .result_valid(result_valid), .result_last(result_last), .result(result));
    always #5 clk = !clk;

    reg [31:0] sizes [0:5];
    reg [PROGRAM-1:0] program_lines [0:PROGRAM_DEPTH-1];
    reg [COLUMNS*64-1:0] affine_lines [0:AFFINE_DEPTH-1];
    reg [WEIGHT_WORD-1:0] weight_words [0:WEIGHT_BANKS*WEIGHT_BLOCKS*WEIGHT_DEPTH-1];
    reg [31:0] image_words [0:BYTES/4-1];
    reg [7:0] expected [0:8*1024*1024-1];
    reg [31:0] logits [0:65535];
    reg [31:0] counts [0:12*256-1];
    reg [7:0] memory [0:BYTES-1];              // what the accelerator wrote

    // Tallies of the layer at work.
    integer compute, fill, store, total, feature_reads, feature_writes, weight_reads, affine_reads, line_reads,
            line_writes;
    integer after, layer, at, i, bits, words, cycles, done, logit, wrong, layers_wrong_cycles, layers_wrong_words,
            frame;
    reg [7:0] differ;
    reg [31:0] differ32;

    function integer ones(input [31:0] v);
        integer k;
        begin
            ones = 0;
            for (k = 0; k < 32; k = k + 1)
                ones = ones + v[k];
        end
    endfunction

    function integer touched(input [ADDRESS-1:0] address, input [7:0] count);
        touched = (address % (FEATURE_WORD/8) + count + FEATURE_WORD/8 - 1) / (FEATURE_WORD/8);
    endfunction

    task clear_tallies;
        begin
            compute = 0; fill = 0; store = 0; total = 0; feature_reads = 0; feature_writes = 0; weight_reads = 0;
            affine_reads = 0; line_reads = 0; line_writes = 0; after = 0;
        end
    endtask

    task check(input integer place, input integer got, input integer kind);
        if (counts[layer*12 + place] != got) begin
            wrong = 1;
            if (kind == 0) cycles = 1;
            else words = 1;
            $display("layer %0d: count %0d is %0d, expected %0d", layer, place, got, counts[layer*12 + place]);
        end
    endtask

    task layer_done;
        begin
            cycles = 0;
            words = 0;
            check(2, compute, 0);
            check(3, fill, 0);
            check(4, after, 0);
            check(5, total - compute - fill - after, 0);
            check(6, feature_reads, 1);
            check(7, feature_writes, 1);
            check(8, weight_reads, 1);
            check(9, affine_reads, 1);
            check(10, line_reads, 1);
            check(11, line_writes, 1);
            layers_wrong_cycles = layers_wrong_cycles + cycles;
            layers_wrong_words = layers_wrong_words + words;
            differ = 0;
            wrong = 0;
            for (i = 0; i < counts[layer*12 + 1]; i = i + 1) begin
                if (memory[counts[layer*12] + i] !== expected[at + i]) begin
                    if (wrong == 0)
                        $display("layer %0d: byte %0d is %0d, expected %0d", layer, i,
                                 $signed(memory[counts[layer*12] + i]), $signed(expected[at + i]));
                    wrong = wrong + 1;
                    differ = memory[counts[layer*12] + i] ^ expected[at + i];
                    bits = bits + ones({24'b0, differ});
                end
            end
            at = at + counts[layer*12 + 1];
            layer = layer + 1;
            clear_tallies;
        end
    endtask

    always @(posedge clk) begin
        if (dut.features.write && dut.map_write)
            for (i = 0; i < dut.out_count; i = i + 1)
                memory[dut.out_address + i] = dut.out[i*8 +: 8];
        if (busy || dut.ends) begin
            frame = frame + 1;
            if (dut.control.state != 0 || dut.ends) begin
                if (dut.at_step[13]) begin
                    if (compute == 0) fill = total;
                    compute = compute + 1;
                    after = 0;
                end else
                    after = after + 1;
                total = total + 1;
            end
            if (dut.read) feature_reads = feature_reads + touched(dut.read_address, dut.read_count);
            if (dut.map_write) feature_writes = feature_writes + touched(dut.out_address, dut.out_count);
            if (dut.weigh) weight_reads = weight_reads + dut.weight_count;
            if (dut.read_affine) affine_reads = affine_reads + (dut.at_narrow[7] ? dut.line[`n_last] : COLUMNS);
            if (dut.at_load[4]) line_writes = line_writes + 1;
            if (dut.at_shift[4]) line_reads = line_reads + ones(dut.at_present[4*KERNEL +: KERNEL]);
            if (dut.at_last[13] && dut.line[`pool]) begin
                if (dut.at_column_odd[13] && !dut.at_row_odd[13]) line_writes = line_writes + 1;
                if (dut.at_column_odd[13] && dut.at_row_odd[13]) line_reads = line_reads + 1;
            end
        end
        if (result_valid)
            for (i = 0; i < (result_last ? dut.line[`n_last] : COLUMNS); i = i + 1) begin
                differ32 = result[i*32 +: 32] ^ logits[logit];
                bits = bits + ones(differ32);
                logit = logit + 1;
            end
        // The count of this cycle belongs to the layer whose last cycle it is.
        if (dut.control.state == 6 && dut.control.left_to_drain == 1)
            layer_done;
    end

    initial begin
        clear_tallies;
        bits = 0; layer = 0; at = 0; logit = 0; layers_wrong_cycles = 0; layers_wrong_words = 0; frame = 0;
        $readmemh("sizes.hex", sizes);
        $readmemh("program.hex", program_lines, 0, sizes[0] - 1);
        $readmemh("affine.hex", affine_lines, 0, sizes[1] - 1);
        $readmemh("weights.hex", weight_words, 0, sizes[2] - 1);
        $readmemh("image.hex", image_words, 0, sizes[3] - 1);
        $readmemh("expected.hex", expected, 0, sizes[4] - 1);
        if (sizes[5] != 0) $readmemh("logits.hex", logits, 0, sizes[5] - 1);
        $readmemh("counts.hex", counts, 0, sizes[0] * 12 - 1);
        layers = sizes[0];
        repeat (4) @(negedge clk);
        reset = 0;
        for (done = 0; done < sizes[0]; done = done + 1) begin
            @(negedge clk);
            fill_program = 1; fill_address = done; program_data = program_lines[done];
        end
        @(negedge clk) fill_program = 0;
        for (done = 0; done < sizes[1]; done = done + 1) begin
            @(negedge clk);
            fill_affine = 1; fill_address = done; affine_data = affine_lines[done];
        end
        @(negedge clk) fill_affine = 0;
        for (done = 0; done < sizes[2]; done = done + 1) begin
            @(negedge clk);
            fill_weights = 1; fill_address = done; weight_data = weight_words[done];
        end
        @(negedge clk) fill_weights = 0;
        for (done = 0; done < sizes[3]; done = done + 1) begin
            @(negedge clk);
            fill_image = 1; fill_address = done * 4; image_data = image_words[done];
        end
        @(negedge clk) fill_image = 0;
        start = 1;
        @(negedge clk) start = 0;
        while (busy) @(negedge clk);
        @(negedge clk);
        if (logit != sizes[5])
            bits = bits + 32;
        $display("%0d layers, %0d cycles differ, %0d bits differ, %0d words differ (%0d cycles)", layer,
                 layers_wrong_cycles, bits, layers_wrong_words, frame);
`ifdef ACTIVITY
        report_activity;
`endif
        $finish;
    end
`ifdef ACTIVITY
`include "activity.v"
`endif
endmodule
