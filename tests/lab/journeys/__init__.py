"""The stories of `test_roaming.py`: each is a journey of one laptop through the roaming lab."""
