// A ring of rows of the input map, for the channels of one pass: each slot holds one pixel. One pixel is written and
// one column of KERNEL pixels is read a cycle. The image has few channels and long rows, the other maps many channels
// and short rows, so the lanes that the image uses are deeper than the others.
module line_buffer #(
    parameter COLUMNS = 12,        // values of a slot
    parameter VALUE = 9,           // bits of a value
    parameter KERNEL = 3,
    parameter RING = 5,            // rows
    parameter LOG_RING = 3,
    parameter IMAGE_LANES = 3,     // values of a slot that the image uses
    parameter IMAGE_DEPTH = 256,   // pixels of a row of the image, rounded up to a power of two
    parameter IMAGE_INDEX = 8,
    parameter MAP_DEPTH = 64,      // pixels of a row of another map
    parameter MAP_INDEX = 6
) (
    input wire                              clk,
    input wire                              write,
    input wire [LOG_RING-1:0]               write_row,
    input wire [IMAGE_INDEX-1:0]            write_column,
    input wire [COLUMNS*VALUE-1:0]          write_data,
    input wire [LOG_RING-1:0]               top,           // ring row of the window's first row
    input wire [KERNEL-1:0]                 present,        // window rows that lie inside the map; others read 0
    input wire [IMAGE_INDEX-1:0]            column,
    output reg [KERNEL*COLUMNS*VALUE-1:0]   pixels         // of this cycle's column, first row lowest
);
    localparam IMAGE = IMAGE_LANES * VALUE, MAP = (COLUMNS - IMAGE_LANES) * VALUE, SLOT = COLUMNS * VALUE;
    wire [RING*SLOT-1:0] out;
    genvar r;
    generate
        for (r = 0; r < RING; r = r + 1) begin : row
            (* ram_style = "distributed" *) reg [IMAGE-1:0] low [0:IMAGE_DEPTH-1];
            always @(posedge clk)
                if (write && write_row == r)
                    low[write_column] <= write_data[IMAGE-1:0];
            assign out[r*SLOT +: IMAGE] = low[column];
            if (MAP > 0) begin : rest
                (* ram_style = "distributed" *) reg [MAP-1:0] high [0:MAP_DEPTH-1];
                always @(posedge clk)
                    if (write && write_row == r)
                        high[write_column[MAP_INDEX-1:0]] <= write_data[SLOT-1:IMAGE];
                assign out[r*SLOT + IMAGE +: MAP] = high[column[MAP_INDEX-1:0]];
            end
        end
    endgenerate

    integer k, s;
    always @*
        for (k = 0; k < KERNEL; k = k + 1) begin
            pixels[k*SLOT +: SLOT] = {SLOT{1'b0}};
            for (s = 0; s < RING; s = s + 1)
                if (present[k] && top == (s + RING - k) % RING)
                    pixels[k*SLOT +: SLOT] = out[s*SLOT +: SLOT];
        end
endmodule
