// Walks the program: for each layer its passes, output positions and steps, and says in every cycle what the memories
// and the array do. A layer is fetched (2 cycles), primed, walked and drained; layers do not overlap.
//
// Window layers: the loader copies rows of the map into the ring of the line buffer while the array works on the rows
// before. Walking layers read the feature memory themselves, one run a step. There is one read request a cycle; the
// shortcut of a position is read in the cycle after its last step, in which a walking layer does no step and the
// loader waits.
//
// All outputs are registered. The column of the line buffer that is asked for in a cycle enters the window behind the
// step of that cycle.
module sequencer #(
    parameter ROWS = 12,
    parameter COLUMNS = 12,
    parameter IMAGE_LANES = 3,
    parameter KERNEL = 3,
    parameter RING = 5,
    parameter LOG_RING = 3,
    parameter DRAIN = 15,          // cycles from the last step to the next layer
    parameter ADDRESS = 20,
    parameter LAYER = 8,           // bits of a layer number
    parameter PROGRAM = 512
) (
    input wire                 clk,
    input wire                 reset,
    input wire                 start,
    input wire [LAYER-1:0]     layers,         // of the program
    output reg                 busy,
    output reg                 begins,         // one cycle: `line` holds a new layer
    output reg                 ends,           // one cycle, the last of a layer
    output reg [LAYER-1:0]     layer,
    input wire [PROGRAM-1:0]   fetched,        // the program's line for `layer`, a cycle later
    output reg [PROGRAM-1:0]   line,           // the layer at work
    // feature memory
    output reg                 read,
    output reg [ADDRESS-1:0]   read_address,
    output reg [7:0]           read_count,
    output reg                 read_short,     // for the shortcut
    output reg                 load,           // for the line buffer
    output reg [LOG_RING-1:0]  load_row,
    output reg [15:0]          load_column,
    // line buffer and window
    output reg                 shift,
    output reg                 clear,
    output reg [LOG_RING-1:0]  top,
    output reg [KERNEL-1:0]    present,
    output reg [15:0]          column,
    // weights
    output reg                 weigh,
    output reg [ADDRESS-1:0]   weight_address,
    output reg [7:0]           weight_count,
    // array and output stage
    output reg                 step,           // a step of the array
    output reg                 take,           // its sum counts (padding of a pool does not)
    output reg                 first, last,    // of a position
    output reg                 pass_end,       // of the last position of a pass
    output reg                 narrow,         // in the last pass
    output reg                 row_odd, column_odd,
    output reg [15:0]          pooled_column,
    output reg [11:0]          tile,
    output reg [7:0]           rows_used
);
`include "program_fields.vh"
    localparam IDLE = 0, FETCH = 1, SETUP = 2, PRIME = 3, WINDOW = 4, WALK = 5, DRAINED = 6;
    reg [2:0] state;
    reg [5:0] left_to_drain;

    function [LOG_RING-1:0] ring_add(input [LOG_RING-1:0] a, input [3:0] b);
        reg [5:0] s;
        begin
            s = a + b;
            ring_add = s >= RING ? s - RING : s;
        end
    endfunction

    // The position at work, its step, and addresses.
    reg [11:0] pass, oy, ky;
    reg [15:0] ox, kx;
    reg signed [16:0] iy_top, ix_left;         // input row and column of the window's corner
    reg fresh;                                 // no tap of this position was present so far
    reg [ADDRESS-1:0] tap_address, position_address, row_address, pass_address;
    reg [ADDRESS-1:0] weight, weight_pass, short_address, short_pass;

    wire last_pass = pass == line[`passes] - 1'b1;
    wire last_x = ox == line[`out_w] - 1'b1, last_y = oy == line[`out_h] - 1'b1;
    wire last_kx = kx == line[`taps_x] - 1'b1, last_ky = ky == line[`taps_y] - 1'b1;
    wire last_step = last_kx && last_ky;
    wire [7:0] channels = last_pass ? line[`n_last] : COLUMNS;
    wire [7:0] words = last_pass ? (last_step ? line[`narrow_last_tile_words] : line[`narrow_tile_words])
                                 : (last_step ? line[`last_tile_words] : line[`tile_words]);
    wire signed [16:0] iy = iy_top + $signed({5'b0, ky}), ix = ix_left + $signed({1'b0, kx});
    wire tap_inside = !line[`vector] || (iy >= 0 && iy < $signed({5'b0, line[`in_h]}) &&
                                         ix >= 0 && ix < $signed({5'b0, line[`in_w]}));

    // The position whose window is being filled: one ahead of the one at work.
    reg has_current, has_next;                 // is there one at work, one to come
    reg [11:0] next_pass, next_y;
    reg [15:0] next_x, next_column, columns_read, slot;
    reg signed [16:0] next_top;                // input row of its first window row
    reg [LOG_RING-1:0] ring_top, ring_pass;    // ring row of that, and of row 0 of the pass
    wire next_last_x = next_x == line[`out_w] - 1'b1, next_last_y = next_y == line[`out_h] - 1'b1,
         next_last_pass = next_pass == line[`passes] - 1'b1;
    wire [15:0] wanted = next_x == 0 ? {12'b0, line[`first_columns]} : {12'b0, line[`stride]};
    wire steps_over = !has_current || slot + 1'b1 >= line[`taps_x];      // with this cycle
    wire slot_steps = has_current && slot < line[`taps_x];
    wire slot_reads = has_next && steps_over && columns_read < wanted;
    wire slot_ends = steps_over && (!has_next || columns_read + slot_reads >= wanted);

    // A phase is the time in which the rows for the next row of positions are loaded. It has a fixed least length, so
    // that the time of a layer follows from its shape.
    reg [19:0] phase_left;
    wire boundary = state == WINDOW && slot == 0 && has_next && next_x == 0;
    wire phase_begins = boundary && phase_left == 0, waits = boundary && phase_left != 0;
    reg [11:0] rows_loaded;                    // of the pass that is being loaded
    wire [11:0] rows_open = line[`in_h] - rows_loaded;
    wire [11:0] rows_wanted = next_last_y ? (next_last_pass ? 12'd0 : {8'b0, line[`prime_rows]})
                                          : (rows_open < line[`stride] ? rows_open : {8'b0, line[`stride]});
    wire [19:0] phase_length = rows_wanted * line[`in_w] + (line[`add] ? line[`out_w] + 20'd1 : 20'd0);

    // The loader. A batch of rows begins with a phase; `*_now` holds for this cycle already.
    reg [11:0] load_rows, load_pass;
    reg [15:0] load_x;
    reg [LOG_RING-1:0] load_ring;
    reg [ADDRESS-1:0] load_address, load_pass_address;
    reg short_due;                             // the shortcut of the position whose last step was a cycle ago
    reg [ADDRESS-1:0] short_position;
    reg [7:0] short_count;
    wire new_pass = phase_begins && next_last_y;
    wire [11:0] rows_now = phase_begins ? rows_wanted : load_rows, pass_now = load_pass + new_pass;
    wire [ADDRESS-1:0] pass_address_now = load_pass_address + line[`pass_step],
                       address_now = new_pass ? pass_address_now : load_address;
    wire may_load = (state == PRIME || state == WINDOW) && rows_now != 0 && !short_due;
    wire row_loaded = load_x == line[`in_w] - 1'b1;

    wire walks = state == WALK && !short_due, slides = state == WINDOW && !waits;
    wire steps = walks || (slides && slot_steps);
    wire position_ends = steps && last_step;

    integer k;
    always @(posedge clk) begin
        read <= 0; read_short <= 0; load <= 0;
        begins <= 0; ends <= 0;
        case (state)
        IDLE: if (start) begin
            busy <= 1;
            layer <= 0;
            state <= FETCH;
        end
        FETCH: state <= SETUP;                 // the program memory answers
        SETUP: begin
            begins <= 1;
            line <= fetched;
            pass <= 0; oy <= 0; ox <= 0; ky <= 0; kx <= 0; fresh <= 1;
            iy_top <= -$signed({13'b0, fetched[`pad]});
            ix_left <= -$signed({13'b0, fetched[`pad]});
            tap_address <= fetched[`in_start]; position_address <= fetched[`in_start];
            row_address <= fetched[`in_start]; pass_address <= fetched[`in_start];
            weight <= fetched[`weight_base]; weight_pass <= fetched[`weight_base];
            short_address <= fetched[`short_base]; short_pass <= fetched[`short_base];
            has_current <= 0; has_next <= 1;
            next_pass <= 0; next_y <= 0; next_x <= 0; next_column <= 0; columns_read <= 0; slot <= 0;
            next_top <= -$signed({13'b0, fetched[`pad]});
            ring_pass <= 0; ring_top <= fetched[`pad_rows];
            phase_left <= 0;
            load_rows <= fetched[`prime_rows]; rows_loaded <= fetched[`prime_rows];
            load_x <= 0; load_ring <= 0; load_pass <= 0;
            load_address <= fetched[`in_start]; load_pass_address <= fetched[`in_start];
            left_to_drain <= DRAIN;
            state <= fetched[`window] ? PRIME : WALK;
        end
        PRIME: if (row_loaded && load_rows == 1) state <= WINDOW;
        WALK: if (position_ends && last_x && last_y && last_pass) state <= DRAINED;
        WINDOW: if (slides && slot_ends && !has_next) state <= DRAINED;
        DRAINED: begin
            left_to_drain <= left_to_drain - 1'b1;
            if (left_to_drain == 1) begin
                ends <= 1;
                layer <= layer + 1'b1;
                busy <= layer + 1'b1 != layers;
                state <= layer + 1'b1 != layers ? FETCH : IDLE;
            end
        end
        default: state <= IDLE;
        endcase

        // The step of this cycle.
        step <= steps;
        take <= steps && tap_inside;
        first <= fresh;
        last <= position_ends;
        pass_end <= position_ends && last_x && last_y;
        narrow <= last_pass;
        row_odd <= oy[0]; column_odd <= ox[0]; pooled_column <= ox >> 1;
        tile <= kx[11:0];
        rows_used <= last_step ? line[`k_last] : ROWS;
        weigh <= steps && !line[`vector];
        weight_address <= weight;
        weight_count <= words;
        if (steps) begin
            fresh <= last_step || (fresh && !tap_inside);
            kx <= last_kx ? 16'd0 : kx + 1'b1;
            weight <= weight + words;
            tap_address <= tap_address + line[`tap_step];
            if (last_kx) begin
                ky <= last_ky ? 12'd0 : ky + 1'b1;
                tap_address <= tap_address + line[`tap_row_step];
            end
        end
        if (position_ends) begin
            ox <= last_x ? 16'd0 : ox + 1'b1;
            ix_left <= last_x ? -$signed({13'b0, line[`pad]}) : ix_left + $signed({13'b0, line[`stride]});
            tap_address <= position_address + line[`pos_step];
            position_address <= position_address + line[`pos_step];
            short_address <= short_address + line[`out_step];
            weight <= weight_pass;
            if (last_x) begin
                oy <= last_y ? 12'd0 : oy + 1'b1;
                iy_top <= last_y ? -$signed({13'b0, line[`pad]}) : iy_top + $signed({13'b0, line[`stride]});
                tap_address <= row_address + line[`row_step];
                position_address <= row_address + line[`row_step];
                row_address <= row_address + line[`row_step];
                if (last_y) begin
                    pass <= pass + 1'b1;
                    pass_address <= pass_address + line[`pass_step];
                    tap_address <= pass_address + line[`pass_step];
                    position_address <= pass_address + line[`pass_step];
                    row_address <= pass_address + line[`pass_step];
                    short_pass <= short_pass + COLUMNS;
                    short_address <= short_pass + COLUMNS;
                    weight <= weight + words;
                    weight_pass <= weight + words;
                end
            end
        end

        // The column that enters the window.
        shift <= slides && slot_reads;
        clear <= columns_read == 0 && next_x == 0;
        top <= ring_top;
        column <= next_column;
        for (k = 0; k < KERNEL; k = k + 1)
            present[k] <= next_top + k >= 0 && next_top + k < $signed({5'b0, line[`in_h]}) && next_column < line[`in_w];
        if (slides) begin
            slot <= slot_ends ? 16'd0 : slot + 1'b1;
            columns_read <= slot_ends ? 16'd0 : columns_read + slot_reads;
            if (slot_reads)
                next_column <= next_column + 1'b1;
            if (slot_ends) begin
                has_current <= has_next;
                next_x <= next_last_x ? 16'd0 : next_x + 1'b1;
                if (next_last_x) begin
                    next_column <= 0;
                    next_y <= next_last_y ? 12'd0 : next_y + 1'b1;
                    next_top <= next_top + $signed({13'b0, line[`stride]});
                    ring_top <= ring_add(ring_top, line[`stride]);
                    if (next_last_y) begin
                        next_pass <= next_pass + 1'b1;
                        next_top <= -$signed({13'b0, line[`pad]});
                        ring_pass <= ring_add(ring_pass, line[`pass_rows]);
                        ring_top <= ring_add(ring_add(ring_pass, line[`pass_rows]), line[`pad_rows]);
                        has_next <= has_next && !next_last_pass;
                    end
                end
            end
        end

        // The read request of this cycle.
        short_due <= position_ends && line[`add];
        short_position <= short_address;
        short_count <= channels;
        if (phase_begins) begin
            phase_left <= phase_length == 0 ? 20'd0 : phase_length - 1'b1;
            rows_loaded <= next_last_y ? {8'b0, line[`prime_rows]} : rows_loaded + rows_wanted;
            load_rows <= rows_wanted;
            load_pass <= pass_now;
            load_address <= address_now;
            if (new_pass)
                load_pass_address <= pass_address_now;
        end else if (phase_left != 0)
            phase_left <= phase_left - 1'b1;
        if (short_due) begin
            read <= 1;
            read_short <= 1;
            read_address <= short_position;
            read_count <= short_count;
        end else if (may_load) begin
            read <= 1;
            load <= 1;
            load_row <= load_ring;
            load_column <= load_x;
            read_address <= address_now;
            read_count <= !line[`depthwise] ? IMAGE_LANES : pass_now == line[`passes] - 1'b1 ? line[`n_last] : COLUMNS;
            load_address <= address_now + line[`tap_step];
            load_x <= row_loaded ? 16'd0 : load_x + 1'b1;
            if (row_loaded) begin
                load_rows <= rows_now - 1'b1;
                load_ring <= ring_add(load_ring, 4'd1);
            end
        end else if (walks) begin
            read <= tap_inside;
            read_address <= tap_address;
            read_count <= line[`vector] ? channels : last_step ? line[`k_last] : ROWS;
        end

        if (reset) begin
            state <= IDLE;
            busy <= 0;
            short_due <= 0;
        end
    end
endmodule
