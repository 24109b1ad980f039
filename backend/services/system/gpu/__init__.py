"""The GPUs of the machine, by what each maker's driver tells: how busy, how full, how hot, and whose processes."""
