// One accumulator a column: adds the steps of a position, or keeps the largest value.
module accumulator #(
    parameter COLUMNS = 12,
    parameter SUM = 17,
    parameter ACC = 24
) (
    input wire                       clk,
    input wire                       step,
    input wire                       first,      // of a position
    input wire                       largest,    // the largest instead of the sum
    input wire [COLUMNS*SUM-1:0]     sums,
    output reg [COLUMNS*ACC-1:0]     total
);
    integer c;
    reg signed [ACC-1:0] now, add;
    always @(posedge clk)
        if (step)
            for (c = 0; c < COLUMNS; c = c + 1) begin
                add = $signed(sums[c*SUM +: SUM]);
                now = total[c*ACC +: ACC];
                if (first)
                    total[c*ACC +: ACC] <= add;
                else if (largest)
                    total[c*ACC +: ACC] <= add > now ? add : now;
                else
                    total[c*ACC +: ACC] <= now + add;
            end
endmodule
