"""`regclean doctor`: everything that can be wrong, before it goes wrong; the table CHECKS is the whole list."""
