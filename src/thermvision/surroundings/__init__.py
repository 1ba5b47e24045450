"""What lies behind the people of wild clips: rooms and streets, seen along each pixel's line of sight."""
