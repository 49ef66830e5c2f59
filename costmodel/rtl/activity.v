// For simulation, in the testbench: toggles of the registers of each part of the design while it is busy. What lies
// between registers is not counted, nor is a glitch: there is no delay in this simulation.
`define COUNT(part, size, registers) \
    toggle_counter #(.WIDTH(size)) part (.clk(clk), .count(busy), .value(registers));
`define REPORT(part, size) \
    $display("activity %s %0d bits %0d toggles %0d cycles", `"part`", size, part.toggles, frame);

localparam GROUPS = (ROWS + 3) / 4, SUM = 9 + WEIGHT + 8, SIDES = ROWS > COLUMNS ? ROWS : COLUMNS;
wire [ROWS*COLUMNS*(9+WEIGHT)-1:0] all_products;
wire [COLUMNS*GROUPS*SUM-1:0] all_parts;
wire [COLUMNS*(ACC+32)*2-1:0] all_scaled;
wire [COLUMNS*48-1:0] all_shares;
genvar ac, ar;
generate
    for (ac = 0; ac < COLUMNS; ac = ac + 1) begin : watched
        for (ar = 0; ar < ROWS; ar = ar + 1) begin : multiplier
            assign all_products[(ac*ROWS + ar)*(9+WEIGHT) +: 9+WEIGHT] = dut.array.column[ac].pe.row[ar].used.p;
        end
        for (ar = 0; ar < GROUPS; ar = ar + 1) begin : partial
            assign all_parts[(ac*GROUPS + ar)*SUM +: SUM] = dut.array.column[ac].pe.group[ar].part;
        end
        assign all_scaled[ac*(ACC+32)*2 +: (ACC+32)*2] =
            {dut.output_stage[ac].quantise.held, dut.output_stage[ac].quantise.product};
        assign all_shares[ac*48 +: 48] = {dut.output_stage[ac].adder.a, dut.output_stage[ac].adder.b};
    end
endgenerate
localparam W_SEQUENCER = 8*ADDRESS + 16*8 + 12*8 + 6*LOG_RING + 40;
wire [W_SEQUENCER-1:0] state_of_sequencer = {dut.control.tap_address, dut.control.position_address, dut.control.row_address,
    dut.control.pass_address, dut.control.weight, dut.control.weight_pass, dut.control.short_address,
    dut.control.load_address, dut.control.ox, dut.control.kx, dut.control.next_x, dut.control.next_column,
    dut.control.columns_read, dut.control.slot, dut.control.load_x, dut.control.column, dut.control.pass, dut.control.oy,
    dut.control.ky, dut.control.next_y, dut.control.rows_loaded, dut.control.load_rows, dut.control.next_pass,
    dut.control.tile, dut.control.ring_top, dut.control.load_ring, dut.control.load_row, dut.control.top,
    dut.control.ring_pass, {LOG_RING{1'b0}}, dut.control.read_address, dut.control.weight_address};
localparam W_DELAYS = 8*15 + 15*16 + 5*(3 + 2*LOG_RING + 32 + KERNEL + 12 + 8);
wire [W_DELAYS-1:0] delayed = {dut.at_step, dut.at_take, dut.at_first, dut.at_last, dut.at_pass_end, dut.at_narrow,
    dut.at_row_odd, dut.at_column_odd, dut.at_pooled_column, dut.at_load, dut.at_load_row, dut.at_load_column,
    dut.at_shift, dut.at_clear, dut.at_top, dut.at_present, dut.at_column, dut.at_tile, dut.at_rows_used};

`COUNT(sequencer, W_SEQUENCER, state_of_sequencer)
`COUNT(delay_line, W_DELAYS, delayed)
`COUNT(feature_memory, SIDES*8 + FEATURE_BANKS*FEATURE_WORD, {dut.bytes, dut.features.word})
`COUNT(weight_memory, 2*WEIGHT_BANKS*WEIGHT_WORD, {dut.tile_bits, dut.weights.word})
`COUNT(top, SIDES*9 + ROWS*COLUMNS*WEIGHT + 3*COLUMNS*9 + COLUMNS*64 + 7*COLUMNS*8, {dut.values, dut.tile_weights,
    dut.around4, dut.around5, dut.around6, dut.affine, dut.short_bytes})
`COUNT(line_buffer, KERNEL*COLUMNS*9, dut.pixels)
`COUNT(window, KERNEL*KERNEL*COLUMNS*9, dut.taps.held)
`COUNT(products, ROWS*COLUMNS*(9+WEIGHT), all_products)
`COUNT(pe_column, COLUMNS*GROUPS*SUM + COLUMNS*SUM, {all_parts, dut.array_sums})
`COUNT(accumulator, COLUMNS*ACC, dut.total)
`COUNT(requantiser, COLUMNS*((ACC+32)*2 + 8), {all_scaled, dut.quantised})
`COUNT(shortcut_adder, COLUMNS*56, {all_shares, dut.added})
`COUNT(pool_stage, COLUMNS*16, {dut.pool.left, dut.out})

task report_activity;
    begin
        `REPORT(sequencer, W_SEQUENCER)
        `REPORT(delay_line, W_DELAYS)
        `REPORT(feature_memory, SIDES*8 + FEATURE_BANKS*FEATURE_WORD)
        `REPORT(weight_memory, 2*WEIGHT_BANKS*WEIGHT_WORD)
        `REPORT(top, SIDES*9 + ROWS*COLUMNS*WEIGHT + 3*COLUMNS*9 + COLUMNS*64 + 7*COLUMNS*8)
        `REPORT(line_buffer, KERNEL*COLUMNS*9)
        `REPORT(window, KERNEL*KERNEL*COLUMNS*9)
        `REPORT(products, ROWS*COLUMNS*(9+WEIGHT))
        `REPORT(pe_column, COLUMNS*GROUPS*SUM + COLUMNS*SUM)
        `REPORT(accumulator, COLUMNS*ACC)
        `REPORT(requantiser, COLUMNS*((ACC+32)*2 + 8))
        `REPORT(shortcut_adder, COLUMNS*56)
        `REPORT(pool_stage, COLUMNS*16)
    end
endtask
