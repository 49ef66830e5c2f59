// For simulation: how often bits of `value` changed from one cycle to the next.
module toggle_counter #(
    parameter WIDTH = 8
) (
    input wire              clk,
    input wire              count,         // counts in this cycle
    input wire [WIDTH-1:0]  value
);
    reg [WIDTH-1:0] last = 0;
    longint toggles = 0;
    always @(posedge clk) begin
        last <= value;
        if (count)
            toggles <= toggles + $countones(value ^ last);
    end
endmodule
