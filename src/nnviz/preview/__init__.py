"""Looking at scenes without their films: what a careful viewer would object to."""
