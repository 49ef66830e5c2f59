// The logits' way out: kept pass by pass, searched for the largest when the network is done, and shifted out over the
// SPI-like link, most significant bit first: number of the class (16 bits), its logit (32 bits). A transfer that begins
// with `valid` low shifts out zeros. The design's clock must be at least eight times as fast.
module result_output #(
    parameter COLUMNS = 12,
    parameter CLASSES = 1000,
    parameter PASSES = 128,            // a power of two
    parameter INDEX = 7
) (
    input wire                      clk,
    input wire                      reset,
    input wire                      begins,        // of a network
    input wire                      ends,
    input wire                      result_valid,
    input wire [COLUMNS*32-1:0]     result,
    input wire                      sclk, cs_n,
    output wire                     miso,
    output reg                      valid,
    output reg [15:0]               class_number,
    output reg signed [31:0]        logit
);
    (* ram_style = "distributed" *) reg [COLUMNS*32-1:0] kept [0:PASSES-1];
    reg [INDEX-1:0] pass, read;
    reg [7:0] column;
    reg [15:0] number;
    reg searching;
    reg [COLUMNS*32-1:0] word;
    wire signed [31:0] candidate = word[31:0];
    reg [2:0] sclk_s, cs_s;
    reg [47:0] out;
    assign miso = out[47];
    always @(posedge clk) begin
        sclk_s <= {sclk_s[1:0], sclk};
        cs_s <= {cs_s[1:0], cs_n};
        if (cs_s[2:1] == 2'b10)
            out <= valid ? {class_number, logit} : 48'b0;
        else if (sclk_s[2:1] == 2'b10 && !cs_s[1])
            out <= {out[46:0], 1'b0};
        if (result_valid) begin
            kept[pass] <= result;
            pass <= pass + 1'b1;
        end
        if (begins) begin
            pass <= 0;
            valid <= 0;
        end
        if (ends) begin
            searching <= 1;
            number <= 0;
            column <= 0;
            read <= 1;
            word <= kept[0];
        end else if (searching) begin
            if (number == 0 || candidate > logit) begin
                logit <= candidate;
                class_number <= number;
            end
            number <= number + 1'b1;
            column <= column == COLUMNS - 1 ? 8'd0 : column + 1'b1;
            word <= column == COLUMNS - 1 ? kept[read] : word >> 32;
            if (column == COLUMNS - 1)
                read <= read + 1'b1;
            if (number == CLASSES - 1) begin
                searching <= 0;
                valid <= 1;
            end
        end
        if (reset) begin
            searching <= 0;
            valid <= 0;
            pass <= 0;
        end
    end
endmodule
