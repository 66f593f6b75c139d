"""What ghstate does, in terms of what it needs: refresh, plan, apply."""
