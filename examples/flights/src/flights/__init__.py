"""Will a flight from New York arrive late? What is known an hour before departure, and one classifier."""
