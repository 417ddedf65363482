from verisearch.cli import main

main()
