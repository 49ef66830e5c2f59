// The accelerator: memories, line buffer and window, array, output stage, sequencer. A step that the sequencer issues
// in cycle 0 passes these stages:
//   0..2  feature and weight memory           3  bytes and tile in order          4  values without their zero point
//   4..6  array: products, parts, sums        7  accumulator                      8..10  requantiser
//   11,12 shortcut                            13 pool                             14 feature memory
// While it is idle, `fill_*` writes the program, the constants, the weights and the image.
module tinynpu #(
`include "tinynpu_parameters.vh"
) (
    input wire                      clk,
    input wire                      reset,
    input wire                      start,
    input wire [LAYER-1:0]          layers,
    output wire                     busy,
    input wire                      fill_program, fill_affine, fill_weights, fill_image,
    input wire [ADDRESS-1:0]        fill_address,
    input wire [PROGRAM-1:0]        program_data,
    input wire [COLUMNS*64-1:0]     affine_data,
    input wire [WEIGHT_WORD-1:0]    weight_data,
    input wire [31:0]               image_data,    // four bytes
    output wire                     result_valid,  // logits of the channels of a pass
    output wire                     result_last,   // of the last pass
    output wire [COLUMNS*32-1:0]    result
);
`include "program_fields.vh"
    localparam BYTES = ROWS > COLUMNS ? ROWS : COLUMNS, VALUE = 9, SUM = VALUE + WEIGHT + 8, STAGES = 15;

    // Program and constants.
    (* ram_style = "distributed" *) reg [PROGRAM-1:0] program_line [0:PROGRAM_DEPTH-1];
    (* ram_style = "distributed" *) reg [COLUMNS*64-1:0] affine_line [0:AFFINE_DEPTH-1];
    initial if (PROGRAM_CONTENT != "") $readmemh(PROGRAM_CONTENT, program_line);
    initial if (AFFINE_CONTENT != "") $readmemh(AFFINE_CONTENT, affine_line);
    wire [LAYER-1:0] layer;
    reg [PROGRAM-1:0] fetched;
    always @(posedge clk) begin
        fetched <= program_line[layer];
        if (fill_program) program_line[fill_address[LAYER-1:0]] <= program_data;
        if (fill_affine) affine_line[fill_address[AFFINE_INDEX-1:0]] <= affine_data;
    end

    wire begins, ends;
    wire [PROGRAM-1:0] line;
    wire read, read_short, load, shift, clear, weigh, step, take, first, last, pass_end, narrow, row_odd, column_odd;
    wire [ADDRESS-1:0] read_address, weight_address;
    wire [7:0] read_count, weight_count, rows_used;
    wire [LOG_RING-1:0] load_row, top;
    wire [15:0] load_column, column, pooled_column;
    wire [KERNEL-1:0] present;
    wire [11:0] tile;
    sequencer #(.ROWS(ROWS), .COLUMNS(COLUMNS), .IMAGE_LANES(IMAGE_LANES), .KERNEL(KERNEL), .RING(RING),
                .LOG_RING(LOG_RING), .ADDRESS(ADDRESS), .LAYER(LAYER), .PROGRAM(PROGRAM)) control (
        .clk(clk), .reset(reset), .start(start), .layers(layers), .busy(busy), .begins(begins), .ends(ends),
        .layer(layer), .fetched(fetched), .line(line), .read(read), .read_address(read_address),
        .read_count(read_count), .read_short(read_short), .load(load), .load_row(load_row),
        .load_column(load_column), .shift(shift), .clear(clear), .top(top), .present(present), .column(column),
        .weigh(weigh), .weight_address(weight_address), .weight_count(weight_count), .step(step), .take(take),
        .first(first), .last(last), .pass_end(pass_end), .narrow(narrow), .row_odd(row_odd),
        .column_odd(column_odd), .pooled_column(pooled_column), .tile(tile), .rows_used(rows_used));

    // What the sequencer says of a step travels along with it: part s of each is the state of stage s.
    wire [STAGES-1:0] at_step;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_step (.clk(clk), .in(step), .at(at_step));
    wire [STAGES-1:0] at_take;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_take (.clk(clk), .in(take), .at(at_take));
    wire [STAGES-1:0] at_first;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_first (.clk(clk), .in(first), .at(at_first));
    wire [STAGES-1:0] at_last;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_last (.clk(clk), .in(last), .at(at_last));
    wire [STAGES-1:0] at_pass_end;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_pass_end (.clk(clk), .in(pass_end), .at(at_pass_end));
    wire [STAGES-1:0] at_narrow;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_narrow (.clk(clk), .in(narrow), .at(at_narrow));
    wire [STAGES-1:0] at_row_odd;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_row_odd (.clk(clk), .in(row_odd), .at(at_row_odd));
    wire [STAGES-1:0] at_column_odd;
    delay_line #(.WIDTH(1), .STAGES(STAGES)) d_column_odd (.clk(clk), .in(column_odd), .at(at_column_odd));
    wire [STAGES*16-1:0] at_pooled_column;
    delay_line #(.WIDTH(16), .STAGES(STAGES)) d_pooled_column (.clk(clk), .in(pooled_column), .at(at_pooled_column));
    wire [5-1:0] at_load;
    delay_line #(.WIDTH(1), .STAGES(5)) d_load (.clk(clk), .in(load), .at(at_load));
    wire [5*LOG_RING-1:0] at_load_row;
    delay_line #(.WIDTH(LOG_RING), .STAGES(5)) d_load_row (.clk(clk), .in(load_row), .at(at_load_row));
    wire [5*16-1:0] at_load_column;
    delay_line #(.WIDTH(16), .STAGES(5)) d_load_column (.clk(clk), .in(load_column), .at(at_load_column));
    wire [5-1:0] at_shift;
    delay_line #(.WIDTH(1), .STAGES(5)) d_shift (.clk(clk), .in(shift), .at(at_shift));
    wire [5-1:0] at_clear;
    delay_line #(.WIDTH(1), .STAGES(5)) d_clear (.clk(clk), .in(clear), .at(at_clear));
    wire [5*LOG_RING-1:0] at_top;
    delay_line #(.WIDTH(LOG_RING), .STAGES(5)) d_top (.clk(clk), .in(top), .at(at_top));
    wire [5*KERNEL-1:0] at_present;
    delay_line #(.WIDTH(KERNEL), .STAGES(5)) d_present (.clk(clk), .in(present), .at(at_present));
    wire [5*16-1:0] at_column;
    delay_line #(.WIDTH(16), .STAGES(5)) d_column (.clk(clk), .in(column), .at(at_column));
    wire [5*12-1:0] at_tile;
    delay_line #(.WIDTH(12), .STAGES(5)) d_tile (.clk(clk), .in(tile), .at(at_tile));
    wire [5*8-1:0] at_rows_used;
    delay_line #(.WIDTH(8), .STAGES(5)) d_rows_used (.clk(clk), .in(rows_used), .at(at_rows_used));

    // Feature memory, stages 0 to 3 and 14.
    wire [BYTES*8-1:0] bytes;
    reg [ADDRESS-1:0] out_address, out_pass;
    wire out_valid;
    wire [COLUMNS*8-1:0] out;
    wire map_write = out_valid && !line[`result];
    wire [7:0] out_count = at_narrow[14] ? line[`n_last] : COLUMNS;
    wire [BYTES*8-1:0] write_data = fill_image ? image_data : out;
    feature_memory #(.BYTES(BYTES), .WORD(FEATURE_WORD), .LOG_BYTES(FEATURE_LOG_BYTES), .BANKS(FEATURE_BANKS),
                     .LOG_BANKS(FEATURE_LOG_BANKS), .BLOCKS(FEATURE_BLOCKS), .DEPTH(FEATURE_DEPTH),
                     .INDEX(FEATURE_INDEX), .ADDRESS(ADDRESS)) features (
        .clk(clk), .read(read), .read_address(read_address), .read_count(read_count), .read_data(bytes),
        .write(map_write || fill_image), .write_address(fill_image ? fill_address : out_address),
        .write_count(fill_image ? 8'd4 : out_count), .write_data(write_data));

    // Stage 3: values without their zero point; rows of the array beyond the reduction get 0.
    wire [7:0] zero_point = line[`zero_point];
    reg [BYTES*VALUE-1:0] values;
    integer i;
    always @(posedge clk)
        for (i = 0; i < BYTES; i = i + 1)
            values[i*VALUE +: VALUE] <= !line[`vector] && !line[`window] && i >= at_rows_used[3*8 +: 8] ? {VALUE{1'b0}}
                : {bytes[i*8 + 7], bytes[i*8 +: 8]} - {zero_point[7], zero_point};

    // Stage 4: line buffer and window.
    wire [KERNEL*COLUMNS*VALUE-1:0] pixels;
    wire [ROWS*COLUMNS*VALUE-1:0] depthwise_values;
    wire [ROWS*VALUE-1:0] image_values;
    line_buffer #(.COLUMNS(COLUMNS), .VALUE(VALUE), .KERNEL(KERNEL), .RING(RING), .LOG_RING(LOG_RING),
                  .IMAGE_LANES(IMAGE_LANES), .IMAGE_DEPTH(IMAGE_DEPTH), .IMAGE_INDEX(IMAGE_INDEX),
                  .MAP_DEPTH(MAP_DEPTH), .MAP_INDEX(MAP_INDEX)) lines (
        .clk(clk), .write(at_load[4]), .write_row(at_load_row[4*LOG_RING +: LOG_RING]),
        .write_column(at_load_column[4*16 +: IMAGE_INDEX]), .write_data(values[COLUMNS*VALUE-1:0]),
        .top(at_top[4*LOG_RING +: LOG_RING]), .present(at_present[4*KERNEL +: KERNEL]),
        .column(at_column[4*16 +: IMAGE_INDEX]), .pixels(pixels));
    window #(.ROWS(ROWS), .COLUMNS(COLUMNS), .VALUE(VALUE), .KERNEL(KERNEL), .IMAGE_LANES(IMAGE_LANES)) taps (
        .clk(clk), .shift(at_shift[4]), .clear(at_clear[4]), .pixels(pixels), .tile(at_tile[4*12 +: 12]),
        .depthwise(depthwise_values), .image(image_values));

    // Weights, stages 0 to 3; a tile holds a column after the other, or a row after the other in a window layer.
    wire [WEIGHT_BANKS*WEIGHT_WORD-1:0] tile_bits;
    weight_memory #(.WORD(WEIGHT_WORD), .BANKS(WEIGHT_BANKS), .LOG_BANKS(WEIGHT_LOG_BANKS), .BLOCKS(WEIGHT_BLOCKS),
                    .DEPTH(WEIGHT_DEPTH), .INDEX(WEIGHT_INDEX), .ADDRESS(ADDRESS), .CONTENT(WEIGHT_CONTENT),
                    .FILLED(WEIGHT_FILLED)) weights (
        .clk(clk), .read(weigh), .read_address(weight_address), .read_count(weight_count), .tile(tile_bits),
        .write(fill_weights), .write_address(fill_address), .write_data(weight_data));
    reg [ROWS*COLUMNS*WEIGHT-1:0] tile_weights;
    integer r, c;
    always @(posedge clk)
        for (r = 0; r < ROWS; r = r + 1)
            for (c = 0; c < COLUMNS; c = c + 1)
                tile_weights[(c*ROWS + r)*WEIGHT +: WEIGHT] <= line[`window]
                    ? tile_bits[(r*COLUMNS + c)*WEIGHT +: WEIGHT] : tile_bits[(c*ROWS + r)*WEIGHT +: WEIGHT];

    // Stages 4 to 6: the array. Pools and adds go around it.
    wire [COLUMNS*SUM-1:0] array_sums;
    pe_array #(.ROWS(ROWS), .COLUMNS(COLUMNS), .VALUE(VALUE), .WEIGHT(WEIGHT), .SUM(SUM)) array (
        .clk(clk), .own(line[`depthwise]), .shared(line[`window] ? image_values : values[ROWS*VALUE-1:0]),
        .values(depthwise_values), .weights(tile_weights), .sums(array_sums));
    reg [COLUMNS*VALUE-1:0] around4, around5, around6;
    always @(posedge clk) begin
        around4 <= values[COLUMNS*VALUE-1:0];
        around5 <= around4;
        around6 <= around5;
    end
    reg [COLUMNS*SUM-1:0] sums;
    integer s;
    always @*
        for (s = 0; s < COLUMNS; s = s + 1)
            sums[s*SUM +: SUM] = line[`vector] ? {{(SUM-VALUE){around6[s*VALUE + VALUE-1]}}, around6[s*VALUE +: VALUE]}
                                               : array_sums[s*SUM +: SUM];

    // Stage 7: accumulator, and the constants of the pass for the requantiser.
    wire [COLUMNS*ACC-1:0] total;
    accumulator #(.COLUMNS(COLUMNS), .SUM(SUM), .ACC(ACC)) sum (
        .clk(clk), .step(at_take[7]), .first(at_first[7]), .largest(line[`largest]), .sums(sums), .total(total));
    reg [AFFINE_INDEX-1:0] affine_at;
    reg affine_due;
    wire read_affine = at_last[7] && affine_due && !line[`raw];
    reg [COLUMNS*64-1:0] affine;
    always @(posedge clk) begin
        if (begins) begin
            affine_at <= line[`affine_base];
            affine_due <= 1;
        end else if (at_last[7]) begin
            affine_due <= at_pass_end[7];
            if (at_pass_end[7])
                affine_at <= affine_at + line[`affine_step];
        end
        if (read_affine)
            affine <= affine_line[affine_at];
    end

    // Stages 8 to 14: output.
    wire [COLUMNS*8-1:0] quantised, added;
    assign result_valid = at_last[11] && line[`result];
    assign result_last = at_narrow[11];

    reg [7*COLUMNS*8-1:0] short_bytes; // the shortcut of a position comes in stage 4 of its last step
    always @(posedge clk)
        short_bytes <= {short_bytes[6*COLUMNS*8-1:0], bytes[COLUMNS*8-1:0]};
    genvar n;
    generate
        for (n = 0; n < COLUMNS; n = n + 1) begin : output_stage
            requantiser #(.ACC(ACC), .SCALE(WEIGHT == 4 ? 4 : 0)) quantise (
                .clk(clk), .relu(line[`relu]), .scaled(!line[`vector]), .raw(line[`raw]), .shift(line[`shift]),
                .least(line[`least]), .most(line[`most]), .total(total[n*ACC +: ACC]), .affine(affine[n*64 +: 64]),
                .out(quantised[n*8 +: 8]), .value(result[n*32 +: 32]));
            shortcut_adder adder (
                .clk(clk), .add(line[`add]), .own_multiplier(line[`own_multiplier]),
                .other_multiplier(line[`other_multiplier]), .offset(line[`add_offset]), .shift(line[`add_shift]),
                .own(quantised[n*8 +: 8]), .other(short_bytes[6*COLUMNS*8 + n*8 +: 8]), .out(added[n*8 +: 8]));
        end
    endgenerate
    pool_stage #(.COLUMNS(COLUMNS), .DEPTH(POOL_DEPTH), .INDEX(POOL_INDEX)) pool (
        .clk(clk), .pool(line[`pool]), .valid(at_last[13]), .row_odd(at_row_odd[13]),
        .column_odd(at_column_odd[13]), .column(at_pooled_column[13*16 +: POOL_INDEX]), .in(added), .out_valid(out_valid),
        .out(out));
    always @(posedge clk)
        if (begins) begin
            out_address <= line[`out_base];
            out_pass <= line[`out_base];
        end else if (at_pass_end[14]) begin
            out_address <= out_pass + COLUMNS;
            out_pass <= out_pass + COLUMNS;
        end else if (out_valid)
            out_address <= out_address + line[`out_step];
endmodule
