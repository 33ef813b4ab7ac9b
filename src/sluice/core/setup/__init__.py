"""The first files of a repository, and what to mend in its set-up; pure: the shell looks, asks and writes."""
