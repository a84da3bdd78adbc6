"""Lists every sentence that tells a person what happened or will happen: state by surface."""
