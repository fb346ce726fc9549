"""API: JSON over the same actions and questions that the screens use."""
