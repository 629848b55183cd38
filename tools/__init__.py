"""What the Makefile needs beside make itself. Nothing here is part of the running product."""
