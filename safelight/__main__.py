from safelight.command_line import main

main()
