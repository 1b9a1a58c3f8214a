SELECT result.change_problem(%(id)s, %(from)s, %(state)s, %(who)s, %(note)s, %(responsible)s, %(due_on)s) AS changed
