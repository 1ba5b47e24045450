"""Numbers of the three tasks and how sure they are; numpy only."""
