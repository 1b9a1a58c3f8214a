"""The urban physical examination (城市体检): register, measures, grades."""
