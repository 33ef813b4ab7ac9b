"""One glue function per stage; everything outside is an argument."""
