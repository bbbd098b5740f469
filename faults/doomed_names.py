"""What the doomed web application reads from its environment."""

SEED, CHANCE = "FAULTS_SEED", "FAULTS_CHANCE"
