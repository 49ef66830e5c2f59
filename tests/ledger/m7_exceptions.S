@ expect: exit 0
@ SVC (1), entry (12), BX LR (1) and exit (12).
    .include "probe.inc"
    watch
    begin
    svc #0
    cycles 26
    holds
    .thumb_func
svc:
    bx lr
