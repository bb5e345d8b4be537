"""Work that runs beside the pages: the queue, what a job can do, where it runs, what it tells."""
