-- Everything that the view `runs` knows of a run
SELECT * FROM runs WHERE run = :run
