"""For platformio.ini:

    extra_scripts = post:platformio.py
    custom_etinysim_board = stm32f746

`pio run -t cycles` then prints where the cycles of the image go."""
Import('env')  # noqa: F821, SCons gives it

env.AddCustomTarget(  # noqa: F821
    'cycles', '$BUILD_DIR/${PROGNAME}.elf',
    'etinysim run "$BUILD_DIR/${PROGNAME}.elf" --board "%s"' % env.GetProjectOption('custom_etinysim_board'),  # noqa: F821
    title='Cycles', description='Run the image on a simulated board')
