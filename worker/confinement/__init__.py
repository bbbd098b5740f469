"""How the sandbox confines a program: bubblewrap, or Landlock with seccomp, and the last step before it starts."""
