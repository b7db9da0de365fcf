# The rooms of the tests are called as the rooms of the program.  # noqa: A005
