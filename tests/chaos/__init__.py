"""The fault bench: real processes against real parts, hurt at named points, and looked at from outside afterwards."""
