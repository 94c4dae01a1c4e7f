"""What people do that the app hears of, by kind: commands, clicks, modals, shortcuts, and events."""
