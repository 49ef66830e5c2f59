-- The run that is drawn: EtinyNet-1.0 at 224 in place on one board
SELECT run FROM now p
WHERE state = 'done' AND json_extract(p.params_json, '$.board') = '{board}'
AND json_extract(p.params_json, '$.input') = 224 AND json_extract(p.params_json, '$.plan') = 'inplace'
