"""What the memory is judged by: conversations with questions, rankers, and the measures."""
