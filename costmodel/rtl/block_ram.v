// One block of memory with a write port and a read port: a BRAM36 on the FPGA, a macro on an ASIC.
// A read shows its word in the next cycle and keeps it until the next read.
module block_ram #(
    parameter WIDTH = 32,          // bits of a word
    parameter DEPTH = 1024,        // words
    parameter ADDRESS = 10,        // bits of an address
    parameter LANES = 4,           // parts of a word that can be written on their own
    parameter CONTENT = ""         // file for $readmemh, "" = none
) (
    input wire                clk,
    input wire [LANES-1:0]    write,
    input wire [ADDRESS-1:0]  write_address,
    input wire [WIDTH-1:0]    write_data,
    input wire                read,
    input wire [ADDRESS-1:0]  read_address,
    output reg [WIDTH-1:0]    read_data
);
    localparam LANE = WIDTH / LANES;
    (* ram_style = "block" *) reg [WIDTH-1:0] word [0:DEPTH-1];
    integer i;

    initial if (CONTENT != "") $readmemh(CONTENT, word);

    always @(posedge clk)
        for (i = 0; i < LANES; i = i + 1)
            if (write[i])
                word[write_address][i*LANE +: LANE] <= write_data[i*LANE +: LANE];

    always @(posedge clk)
        if (read)
            read_data <= word[read_address];
endmodule
