"""A made-up riverside hill district, written as the files that a real city would hand over.

Nothing here is surveyed: terrain, streets, names, people and pipes come from a seed. The generator works
district by district (about 1,200 buildings each), so that a city of any size needs the memory of one district.
"""
