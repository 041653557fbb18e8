"""The pages: for residents, for the desk, for the public. They translate, call once and translate back."""
