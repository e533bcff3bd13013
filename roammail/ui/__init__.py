"""The window. Qt lives here and nowhere else."""

from roammail.ui.imports import take_off_hook

take_off_hook()
