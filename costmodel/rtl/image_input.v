// The image's way in, byte by byte in the order of the map: over an SPI-like link (mode 0, most significant bit first) or in
// parallel, a byte at each rising edge of `strobe`. Over the former an image is one transfer: a shorter one counts for
// nothing. Both are sampled by the design's clock, which must be at least four times as fast. Four bytes make a word for the
// feature memory; `complete` is one cycle, with the last of them.
module image_input #(
    parameter IMAGE_BYTES = 150528,
    parameter ADDRESS = 20
) (
    input wire                  clk,
    input wire                  reset,
    input wire                  restart,       // the next byte is the first of an image
    input wire                  parallel,      // which of the two
    input wire                  sclk, cs_n, mosi,
    input wire [7:0]            data,
    input wire                  strobe,
    output reg                  fill,
    output reg [ADDRESS-1:0]    fill_address,
    output reg [31:0]           fill_data,
    output reg                  complete
);
    reg [2:0] sclk_s, cs_s, strobe_s;
    reg [1:0] mosi_s;
    reg [7:0] data_1, data_2;
    wire sclk_rises = sclk_s[2:1] == 2'b01, strobe_rises = strobe_s[2:1] == 2'b01;
    reg [2:0] bits;
    reg [6:0] shifted;
    reg [23:0] earlier;
    reg [ADDRESS-1:0] at;
    wire spi_byte = sclk_rises && !cs_s[1] && bits == 7;
    wire take = (parallel ? strobe_rises : spi_byte) && at < IMAGE_BYTES;
    wire [7:0] value = parallel ? data_2 : {shifted, mosi_s[1]};
    wire last = at == IMAGE_BYTES - 1;
    always @(posedge clk) begin
        sclk_s <= {sclk_s[1:0], sclk};
        cs_s <= {cs_s[1:0], cs_n};
        strobe_s <= {strobe_s[1:0], strobe};
        mosi_s <= {mosi_s[0], mosi};
        data_1 <= data;
        data_2 <= data_1;
        fill <= 0;
        complete <= 0;
        if (cs_s[1])
            bits <= 0;
        else if (sclk_rises) begin
            bits <= bits + 1'b1;
            shifted <= {shifted[5:0], mosi_s[1]};
        end
        if (take) begin
            at <= at + 1'b1;
            earlier <= {value, earlier[23:8]};
            if (at[1:0] == 3 || last) begin
                fill <= 1;
                fill_address <= {at[ADDRESS-1:2], 2'b00};
                case (at[1:0])
                0: fill_data <= {24'b0, value};
                1: fill_data <= {16'b0, value, earlier[23:16]};
                2: fill_data <= {8'b0, value, earlier[23:8]};
                default: fill_data <= {value, earlier};
                endcase
            end
            complete <= last;
        end
        if (reset || restart || (!parallel && cs_s[2:1] == 2'b01)) begin
            at <= 0;
            bits <= 0;
        end
    end
endmodule
